"""What a running hub does for somebody in a crisis.

board      beds; `placing` asks for one, `hearing` takes the answers
handing    somebody is handed over, as `handovers` stand; `promises` and `vigil` see that it goes on
answering  tells answers on to whoever asked, where their format cannot say who that was
card       what responders may ask: the approach card, `custody`, `result` (one bit), `incident`
glass      an emergency: one episode for minutes, and a review
roster     who may go; `proposing` tells dispatch
frequent   who is met again and again is told to a coordinator; `coordinating` asks the clinic, `coordinated` takes its answer
packs      for when the hub is away
"""
