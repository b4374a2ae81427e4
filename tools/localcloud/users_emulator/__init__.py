"""An emulator of AWS that its user started, and the database that they may give to it.

Nothing here starts or stops either of them. ``make up`` asks what the stack needs before it deploys
anything, and ``make down`` deletes the stack.
"""
