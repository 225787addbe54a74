"""Each cent, three times: what people were told, our book, and Stripe's own record."""
