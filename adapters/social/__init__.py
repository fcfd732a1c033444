"""Social services: shelters, directories, human-services exchange."""
