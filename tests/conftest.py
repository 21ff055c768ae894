"""What every test run has."""

pytest_plugins = [
    "tests.support.surroundings",
    "tests.support.cli_starts",
    "tests.support.fast",
    "tests.support.built_site",
    "tests.support.chromium",
    "tests.support.side_by_side",
    "tests.support.skips",
    "tests.support.store_server",
    "tests.support.company_network",
]
