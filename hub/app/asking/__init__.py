"""What one may ask of a hub that runs or rests; it only reads, and shows no value of a message.

look       the way in: ids, paths, rules and counts
why        a decision derived again and put in words; `then` is what it was derived from, `elements` what it let through
again      read and decide once more, and compare
history    what became of a message and its episode; `progress` how far it is
stuck      what waits for a person; `foresight` what releasing it would do
day        today; `overview` what the hub runs with
"""
