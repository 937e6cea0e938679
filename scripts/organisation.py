"""Make an organisation on a running server through the operator's door."""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--name", required=True)
    arguments.add_argument("--admin-email", required=True)
    arguments.add_argument("--admin-password", default="", help="without it a set-password mail goes out")
    arguments.add_argument("--server", default=f"http://127.0.0.1:{os.environ.get('PORT', '8080')}")
    options = arguments.parse_args()
    key = os.environ.get("CENTRALA_OPERATOR_KEY", "")
    if not key or not options.name or not options.admin_email:
        print('CENTRALA_OPERATOR_KEY=... make organisation NAME="Example Ltd" ADMIN_EMAIL=admin@example.com')
        print("The key must be the one the server was started with.")
        return 2
    body = {"name": options.name, "admin_email": options.admin_email}
    if options.admin_password:
        body["admin_password"] = options.admin_password
    request = urllib.request.Request(
        f"{options.server}/api/v1/organisations",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            print(f"Made {options.name}: {json.load(answer)['id']}")
            return 0
    except urllib.error.HTTPError as refusal:
        print(f"The server refused ({refusal.code}): {refusal.read().decode(errors='replace')}")
    except urllib.error.URLError as fault:
        print(f"No server at {options.server}: {fault.reason}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
