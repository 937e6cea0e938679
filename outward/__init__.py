"""Going out: mail, web push, pages and addresses that others chose, the virus scanner."""
