"""django-mailer's side of the bench. Arguments: the database's URL, the sink's port. Reads a line, does it, prints how many seconds it took."""

import sys
import time
from urllib.parse import urlparse

import django
from django.conf import settings

url, port = urlparse(sys.argv[1]), int(sys.argv[2])
settings.configure(
    INSTALLED_APPS=["mailer"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path[1:],
            "USER": url.username,
            "PASSWORD": url.password or "",
            "HOST": url.hostname,
            "PORT": url.port,
        }
    },
    USE_TZ=True,
    EMAIL_BACKEND="mailer.backend.DbBackend",
    MAILER_EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=port,
    # One process alone drains: the lock would guard it against nobody.
    MAILER_USE_FILE_LOCK=False,
)
django.setup()

from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402
from django.core.management import call_command  # noqa: E402
from mailer.engine import send_all  # noqa: E402

call_command("migrate", verbosity=0)


def letter(number, text, html):
    mail = EmailMultiAlternatives(
        "Your order is on its way", text, "Shop <shop@example.com>", [f"c{number}@example.com"]
    )
    mail.attach_alternative(html, "text/html")
    return mail


def fill(count):
    line = "Your order is on its way to you, and should arrive within two days."
    text, html = f"{line}\n" * 20, f"<p>{f'{line}<br>' * 25}</p>"
    for start in range(0, count, 1000):
        numbers = range(start, min(start + 1000, count))
        get_connection().send_messages([letter(number, text, html) for number in numbers])


print("ready", flush=True)
for order in sys.stdin:
    what, *count = order.split()
    began = time.perf_counter()
    fill(int(count[0])) if what == "fill" else send_all()
    print(time.perf_counter() - began, flush=True)
