"""Rules of the contact centre as pure functions: facts and the time come in as arguments, decisions come out."""
