"""Who may see what, and why: the rules of each regime, the views, the engine that decides and the words that explain it."""
