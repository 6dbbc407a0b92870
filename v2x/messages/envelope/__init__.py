"""What surrounds a MessageFrame on its way: security envelope, network headers, roadside unit text, capture files."""
