"""Police records: field contacts, holds, use of force."""
