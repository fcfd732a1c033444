"""What a running hub sees of itself.

watch      again and again; `sight` is one look, `health` one partner's
alerts     told once when something begins and once when it ends, by `channels`; `duties` of the law
calling    tells a role by mail that a task waits for it
metrics    in numbers, about nobody
doctor     everything a hub depends on; `changes` of its configuration, `cji` what must hold for criminal history
"""
