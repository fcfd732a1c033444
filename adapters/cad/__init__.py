"""911 dispatch: what computer-aided dispatch systems speak."""
