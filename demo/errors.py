"""What the user of the demo can mend."""


class DemoError(Exception):
    """It cannot go on; the message says what was seen and what to do."""
