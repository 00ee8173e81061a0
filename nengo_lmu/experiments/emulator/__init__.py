"""Speed of the compiled emulator beside nengo-loihi's."""
