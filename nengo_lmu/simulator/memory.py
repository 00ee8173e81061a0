"""Memory of the machine."""


def available_bytes():
    """Bytes of memory that are available, or None where that is unknown."""
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return 1024 * int(line.split()[1])
    except OSError:
        pass
    return None
