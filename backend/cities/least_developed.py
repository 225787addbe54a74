"""The least developed countries, as the United Nations list them.

Source: United Nations, Committee for Development Policy, "List of Least Developed Countries", 44
countries as of 19 December 2024 (after Bhutan left in 2023, São Tomé and Príncipe in 2024).
Bangladesh, Laos and Nepal are due to leave in late November 2026: look at the list again then, and
whenever the General Assembly lets a country graduate.
"""

LEAST_DEVELOPED_AS_OF = "2024-12-19"

LEAST_DEVELOPED = frozenset(
    {
        # Africa, 32
        "AO", "BJ", "BF", "BI", "CF", "TD", "KM", "CD", "DJ", "ER", "ET", "GM", "GN", "GW", "LS",
        "LR", "MG", "MW", "ML", "MR", "MZ", "NE", "RW", "SN", "SL", "SO", "SS", "SD", "TG", "UG",
        "TZ", "ZM",
        # Asia, 8
        "AF", "BD", "KH", "LA", "MM", "NP", "TL", "YE",
        # The Caribbean, 1
        "HT",
        # The Pacific, 3
        "KI", "SB", "TV",
    }
)  # fmt: skip


def is_least_developed(country: str) -> bool:
    """Tell whether the country with that ISO code is on the list."""
    return country in LEAST_DEVELOPED
