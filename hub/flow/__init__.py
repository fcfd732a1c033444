"""Pure thought: label, link, episode, audience, plan, project, capacity, referral."""
