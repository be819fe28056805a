"""The address of what is on the screen: copied, shown, and as a QR code."""
