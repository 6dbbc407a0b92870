"""What goes on the air around a MessageFrame: security envelope and network headers, in bytes.

The envelopes are not built here, their sizes are counted. All frames carry the digest of the signer's certificate; the
full certificate that goes with every few frames is not counted.
"""

from __future__ import annotations

#: IEEE 1609.2 signed data: version, choice and hash (3), payload wrapper (5), header with PSID and time of generation
#: (11), digest of the signer (9), ECDSA P-256 signature (66); counted from the COER forms of IEEE 1609.2-2016.
IEEE_1609_2_SIGNED_BYTES = 94
#: IEEE 1609.3 WSMP: version, TPID, PSID of one byte, length of two; plus the octet for the PC5 non-IP family, as in a
#: captured C-V2X frame.
WSMP_BYTES = 6
#: YD/T 3957 signed data: assumed as long as that of IEEE 1609.2, its model; an SM2 signature has the same size.
YDT_3957_SIGNED_BYTES = 94
#: YD/T 3707: adaptation octet (1), DSMP version and options (1), AID (2, assumed), length (2).
DSMP_BYTES = 6
