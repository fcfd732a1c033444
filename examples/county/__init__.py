"""One county: partner files, agreements and sample traffic for `crisis-hub demo`."""
