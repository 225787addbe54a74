"""An account from its making to its last way in, and a steward who publishes a draft.

Planted and seen to fall: the passkey's answer posted without its form's token, the project's page
showing a name that its donor hid.
"""

import re

import pytest

from tests.campaign.rows import add_project
from tests.people import PASSWORD, code_of
from tests.running_site import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EMAIL = "ada.sample@example.org"
NEW_PASSWORD = "another well for two towns"
DRAFT = """
from datetime import timedelta
from django.utils import timezone
from tests.factories import a_draft
now = timezone.now()
a_draft(slug="pump-in-waiting", opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
"""


@pytest.fixture(scope="module")
def well(site):
    return add_project(site, slug="well-for-ada")


def link_in_newest_mail(site, part):
    found = wait_for(
        lambda: re.findall(rf'href="(http[^"]*{part}[^"]*)"', site.get("/demo/mail/")[1]),
        f"a letter with a link to {part}",
    )
    return found[0].replace("&amp;", "&")


def newest_code(site):
    code = r"<p>([A-Z0-9-]{4,12})</p>"
    return wait_for(lambda: re.findall(code, site.get("/demo/mail/")[1]), "a letter with a code")[0]


def sign_in(page, site, password=PASSWORD, email=EMAIL):
    page.goto(f"{site.url}/en/accounts/login/")
    page.fill("#id_login", email)
    page.fill("#id_password", password)
    page.click("main form[action$='/login/'] button:has-text('Sign in')")


def press(page, text):
    page.click(f"main button:has-text('{text}')")


def confirm_password(page):
    if "/reauthenticate/" in page.url:
        page.fill("#id_password", PASSWORD)
        press(page, "Go on")


@pytest.fixture
def complaints():
    return []


def note(line, complaints):
    if line.type == "error":
        complaints.append(f"{line.text} {line.location}")


def listening(context, complaints):
    page = context.new_page()
    page.on("console", lambda line: note(line, complaints))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def a_paid_pledge(site):
    status, made = site.post(
        "/api/v1/projects/well-for-ada/pledges/",
        {"amount_minor": 1200, "currency": "EUR", "email": EMAIL, "name": "Ada Sample"},
        **{"Idempotency-Key": "ada"},
    )
    assert status == 201, made
    session = re.findall(r"cs_test_\w+", made["checkout_url"])[0]
    site.sandbox.complete(session)
    wait_for(
        lambda: site.query(
            "SELECT 1 FROM pledges_pledge WHERE email = %s AND state = 'settled'", EMAIL
        ),
        "the money to arrive",
    )


def test_an_account_from_the_first_mail_to_the_last_way_in(browser, site, well, complaints):
    a_paid_pledge(site)

    # Without scripts: making the account, proving the address, signing in, showing the name.
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{site.url}/en/accounts/signup/")
    page.fill("#id_email", EMAIL)
    page.fill("#id_password1", PASSWORD)
    press(page, "Make the account")
    assert page.locator("h1").inner_text() == "Look into your mailbox"
    page.goto(link_in_newest_mail(site, "confirm-email"))
    press(page, "Yes, it is mine")
    sign_in(page, site)
    page.wait_for_url("**/en/account/")
    assert page.locator("article").count() == 1
    assert "Ada Sample" not in site.get("/en/projects/well-for-ada/")[1]
    page.select_option("article select", "public")
    press(page, "Save")
    wait_for(
        lambda: "Ada Sample" in site.get("/en/projects/well-for-ada/")[1],
        "the name on the project's page",
        seconds=20,
    )
    page.select_option("article select", "name_hidden")
    press(page, "Save")
    wait_for(
        lambda: "Ada Sample" not in site.get("/en/projects/well-for-ada/")[1],
        "the name to leave the project's page",
        seconds=20,
    )

    # With scripts: a passkey, and recovery codes with it.
    context = browser.new_context()
    page = listening(context, complaints)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, site)
    page.goto(f"{site.url}/en/accounts/2fa/webauthn/add/")
    confirm_password(page)
    page.fill("#id_name", "phone")
    press(page, "Make the passkey")
    page.wait_for_url("**/recovery-codes/")
    codes = page.locator("main ol code").all_inner_texts()
    assert len(codes) == 10
    page.goto(f"{site.url}/en/accounts/logout/")
    press(page, "Sign out")
    page.goto(f"{site.url}/en/accounts/login/")
    press(page, "Sign in with a passkey")
    page.wait_for_url("**/en/account/")

    # The password alone is no longer enough; a recovery code is, once.
    page_elsewhere = plain.new_page()
    plain.clear_cookies()
    sign_in(page_elsewhere, site)
    assert "/2fa/authenticate/" in page_elsewhere.url
    page_elsewhere.fill("#id_code", codes[0])
    press(page_elsewhere, "Sign in")
    page_elsewhere.wait_for_url("**/en/account/")

    # The list of devices ends the other session.
    page.goto(f"{site.url}/en/accounts/sessions/")
    press(page, "Sign out everywhere else")
    page_elsewhere.goto(f"{site.url}/en/account/")
    assert "/accounts/login/" in page_elsewhere.url

    # A code app, set up by typing its secret.
    page.goto(f"{site.url}/en/accounts/2fa/totp/activate/")
    confirm_password(page)
    secret = page.input_value("#totp-secret")
    page.fill("#id_code", code_of(secret))
    press(page, "Use the app")
    page.wait_for_url("**/2fa/")
    sign_in(page_elsewhere, site)
    page_elsewhere.fill("#id_code", code_of(secret, after_seconds=30))
    press(page_elsewhere, "Sign in")
    page_elsewhere.wait_for_url("**/en/account/")

    # A code by mail, then the second step.
    plain.clear_cookies()
    page_elsewhere.goto(f"{site.url}/en/accounts/login/code/")
    page_elsewhere.fill("#id_email", EMAIL)
    press(page_elsewhere, "Send the code")
    page_elsewhere.fill("#id_code", newest_code(site))
    press(page_elsewhere, "Sign in")
    page_elsewhere.fill("#id_code", codes[1])
    press(page_elsewhere, "Sign in")
    page_elsewhere.wait_for_url("**/en/account/")

    # A new password by a link; it signs out everywhere.
    plain.clear_cookies()
    page_elsewhere.goto(f"{site.url}/en/accounts/password/reset/")
    page_elsewhere.fill("#id_email", EMAIL)
    press(page_elsewhere, "Send the link")
    page_elsewhere.goto(link_in_newest_mail(site, "password/reset/key"))
    page_elsewhere.fill("#id_password1", NEW_PASSWORD)
    press(page_elsewhere, "Save the password")
    assert page_elsewhere.locator("h1").inner_text() == "Your new password is saved"
    page.goto(f"{site.url}/en/account/")
    assert "/accounts/login/" in page.url

    assert complaints == []
    context.close()
    plain.close()


def test_a_steward_publishes_a_draft_that_the_site_then_shows(browser, site, complaints):
    site.shell(DRAFT)
    told = (site.plan.var / "demo-sign-ins.txt").read_text()
    email, password = re.findall(r"administrator +(\S+) +password (\S+)", told)[0]
    [secret] = re.findall(r"TOTP secret (\S+)", told)
    context = browser.new_context(color_scheme="dark")
    page = listening(context, complaints)
    assert site.get("/en/projects/pump-in-waiting/")[0] == 404

    page.goto(f"{site.url}/stewards/")
    page.fill("#id_login", email)
    page.fill("#id_password", password)
    page.click("main form[action$='/login/'] button:has-text('Sign in')")
    page.fill("#id_code", code_of(secret))
    press(page, "Sign in")
    page.wait_for_url("**/stewards/")
    page.goto(f"{site.url}/stewards/ledger/transaction/")
    page.goto(f"{site.url}/stewards/projects/project/add/")
    page.goto(f"{site.url}/stewards/projects/project/")
    page.check("tr:has-text('pump-in-waiting') input.action-select")
    page.select_option("select[name=action]", "publish")
    page.click("button[name=index]")

    assert "pump-in-waiting" in page.locator(".messagelist .success").inner_text().lower()
    assert site.get("/en/projects/pump-in-waiting/")[0] == 200
    assert complaints == []
    context.close()


CANARY = "canary-7f3@example.org"
CANARY_NAME = "Canary Sevenfthree"


def test_a_hidden_guest_is_in_no_log_page_list_or_answer(site, well):
    status, made = site.post(
        "/api/v1/projects/well-for-ada/pledges/",
        {
            "amount_minor": 1300,
            "currency": "EUR",
            "email": CANARY,
            "name": CANARY_NAME,
            "visibility": "hidden",
        },
        **{"Idempotency-Key": "canary"},
    )
    assert status == 201
    site.sandbox.complete(re.findall(r"cs_test_\w+", made["checkout_url"])[0])
    wait_for(
        lambda: site.query(
            "SELECT 1 FROM pledges_pledge WHERE email = %s AND state = 'settled'", CANARY
        ),
        "the money to arrive",
    )

    project = "projects/well-for-ada"
    public = [
        f"/en/{project}/", f"/fr/{project}/", f"/en/{project}/ledger/", f"/{project}/ledger.jsonl",
        f"/{project}/ledger.csv", "/en/", "/en/projects/", "/api/v1/projects/",
        f"/api/v1/{project}/", f"/api/v1/{project}/ledger/", "/sitemap.xml",
    ]  # fmt: skip
    told = {path: site.get(path) for path in public}
    logs = {path.name: path.read_text(errors="replace") for path in site.logs.glob("*.log")}

    assert {path for path, (code, _) in told.items() if code != 200} == set()
    texts = [*logs.items(), *((path, text) for path, (_, text) in told.items())]
    assert len(logs) == 2
    assert [name for name, text in texts if "canary" in text.lower()] == []
    token = made["status_url"].rstrip("/").rsplit("/", 1)[-1]
    assert [name for name, text in texts if token in text] == []
    shown = site.get(f"/api/v1/pledges/{token}/")[1]
    assert CANARY not in shown
    assert CANARY_NAME not in shown
