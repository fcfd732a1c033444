"""The 988 Lifeline: contacts of crisis centres."""
