"""What accounts announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AddressProved:
    """A person has shown that an e-mail address is theirs."""

    user_id: UUID
    email: str
