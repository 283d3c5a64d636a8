"""What is called what in it."""

HOSTS = (1, 2, 3, 4)
CORES, SPEED, MEMORY = 32, 2600, 262144
ZONES = {"dmz": "DMZ-100", "application": "APP-200", "cardholder": "CDE-300"}
FOLDERS = {"dmz": "dmz", "application": "app", "cardholder": "cde", "management": "mgmt"}
LOG_SERVER = "10.1.12.30"
PREFIXES = {"dmz": "web", "application": "app", "cardholder": "db"}
