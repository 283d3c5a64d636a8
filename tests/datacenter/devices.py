"""placeholder"""


def clean_devices():
    return {}
