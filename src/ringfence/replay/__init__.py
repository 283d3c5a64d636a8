"""What happens to this one packet: the naive interpreter, straight from ports, rules and routes.

It shares no code with the proof engine, so that each can be judged by the other. Written to be
obviously right; it looks at one packet at a time.
"""
