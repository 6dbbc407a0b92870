"""How frames travel: PC5 and Uu models that turn transmissions into deliveries and caused drops."""
