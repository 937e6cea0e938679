"""Debian's nginx in front of the server, with the very configuration in deploy/nginx.conf."""

import signal
from pathlib import Path

from tests.support.certificates import self_signed
from tests.support.packages import need
from tests.support.processes import Child, free_port

SHIPPED = Path(__file__).resolve().parent.parent.parent / "deploy/nginx.conf"


class Nginx:
    """TLS on another name; only names, ports and paths of the shipped file are changed."""

    def __init__(self, folder: Path, upstream_port: int, name: str = "talk.example.test") -> None:
        program = need("nginx", "nginx")
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.port, self.plain_port = free_port(), free_port()
        self.url = f"https://{name}:{self.port}"
        self.certificate = self_signed(folder, [name])
        site = SHIPPED.read_text()
        for shipped, here in {
            "talk.example.com": name,
            "127.0.0.1:8080": f"127.0.0.1:{upstream_port}",
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "listen [::]:80;": "",
            "listen [::]:443 ssl;": "",
            f"/etc/letsencrypt/live/{name}/fullchain.pem": str(self.certificate.certificate),
            f"/etc/letsencrypt/live/{name}/privkey.pem": str(self.certificate.key),
        }.items():
            assert shipped in site, f"deploy/nginx.conf no longer says {shipped}"
            site = site.replace(shipped, here)
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
            "events { worker_connections 512; }\n"
            f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
            f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{site}\n}}\n"
        )
        self._server = Child([program, "-p", str(folder), "-c", str(configuration)], log=folder / "output.log")
        self._server.wait_for_port(self.port)

    def close(self) -> None:
        self._server.stop(signal.SIGQUIT, limit_s=3)
