"""SAE J2735: one converter a message, SI to ASN.1 values and back."""
