"""FHIR R4 for partners that ask: read, search and follow, by the same decisions as deliveries.

Read first `records` (what a partner may see of somebody, as resources), then `search` (pages of them) and `facade` (one leaf, then
the answer). Beside them stand `places` (ids that lead back) and `tasks` (what partners say became of a task). `subscriptions` keeps
what partners want to be told of, `notifier` tells them, `wiring` puts doors in front.
"""
