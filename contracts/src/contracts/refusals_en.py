"""English words for each refusal."""

from typing import Final

from contracts.refusal import RefusalCode

ENGLISH: Final[dict[RefusalCode, str]] = {
    "target_empty": (
        "The target number is missing. Please enter the number that calls should go to."
    ),
    "target_has_letters": (
        "The target contains letters. Please enter digits only, e.g. 0152 28817386."
    ),
    "target_has_extension": (
        "The target has an extension attached. Please enter the complete number in "
        "digits, including the direct dial."
    ),
    "target_has_pause": (
        "The target contains a pause or digits to dial later. Please enter a number "
        "that needs no further dialling."
    ),
    "target_has_service_code": (
        "The target is a service code with * or #. Please enter just the number; we "
        "switch the forwarding."
    ),
    "target_has_foreign_digits": (
        "The target contains digits of another script. Please type the number again "
        "with the digits 0 to 9."
    ),
    "target_has_hidden_characters": (
        "The target contains invisible characters, probably from copying. Please type "
        "the number again."
    ),
    "target_has_wrong_characters": (
        "The target contains characters that no phone number has. Please use digits "
        "and at most one + at the start."
    ),
    "target_too_long": (
        "The target has too many digits. Please check the number; without country "
        "code and leading 0 it may have 13 digits at most."
    ),
    "target_too_short": (
        "The target lacks digits. Please enter the complete number with its area code."
    ),
    "target_not_a_number": (
        "The target cannot be read as a phone number. Please enter it like 0152 "
        "28817386 or +49 152 28817386."
    ),
    "target_missing_plus": (
        "The + (or 00) before the country code 49 is missing. Please enter the number "
        "with + or with a leading 0."
    ),
    "target_missing_area_code": (
        "The target has no area code. Please enter the number with its area code, "
        "beginning with 0 or +."
    ),
    "target_doubled_country_code": (
        "The country code 49 is there twice. Please enter it only once."
    ),
    "target_unknown_country": (
        "This country code does not exist. Please check the digits after the + or the "
        "00."
    ),
    "target_unknown_number": (
        "No such number is assigned. Please check the area code and the number."
    ),
    "target_emergency": (
        "The target is an emergency number. Calls must never be forwarded to 110 or "
        "112; please choose another target."
    ),
    "target_ambulance": (
        "The target is the number for patient transport (19222). Please choose "
        "another target."
    ),
    "target_authority": (
        "The target is the public authorities' number 115. Please give the number of "
        "a line of your own."
    ),
    "target_social_service": (
        "The target is a number for services of social value (116…). Please choose "
        "another target."
    ),
    "target_directory": (
        "The target is a directory or operator service (118…). Please choose a "
        "landline or mobile number."
    ),
    "target_premium": (
        "The target is a premium rate number. Please choose a landline or mobile "
        "number."
    ),
    "target_mass_traffic": (
        "The target is a number for polls and prize games (0137). Please choose a "
        "landline or mobile number."
    ),
    "target_service_number": (
        "The target is a service number with its own tariff (e.g. 0180). Please "
        "choose a landline or mobile number."
    ),
    "target_user_group": (
        "The target lies in a network for closed user groups (018). Please choose a "
        "landline or mobile number."
    ),
    "target_personal_number": (
        "The target is a personal number (e.g. 0700). Please give the number that it "
        "leads to."
    ),
    "target_freephone": (
        "The target is a freephone number (e.g. 0800). Please give the landline or "
        "mobile number behind it."
    ),
    "target_national_subscriber": (
        "The target is a number without a place (032). Please choose a landline or "
        "mobile number."
    ),
    "target_pager": (
        "The target belongs to a paging service (016…), which takes no calls. Please "
        "choose a landline or mobile number."
    ),
    "target_call_by_call": (
        "The target begins with a carrier selection code (010…). Please leave it out "
        "and enter just the number."
    ),
    "target_online_service": (
        "The target is a dial-in service (019…). Please choose a landline or mobile "
        "number."
    ),
    "target_network_internal": (
        "The target lies in a range reserved for networks. Please choose a landline "
        "or mobile number."
    ),
    "target_satellite": (
        "The target lies in a satellite network. Please choose a landline or mobile "
        "number."
    ),
    "target_international_service": (
        "The target lies in a special international network. Please choose a landline "
        "or mobile number."
    ),
    "target_mailbox": (
        "The target is the mailbox of a mobile number. Please enter the mobile number "
        "itself, without the two digits for the mailbox."
    ),
    "target_country_not_allowed": (
        "Your contract does not allow targets in this country. Please choose another "
        "target or ask our hotline."
    ),
    "target_kind_not_allowed": (
        "This kind of number is not allowed as a target. Please choose a landline or "
        "mobile number or ask our hotline."
    ),
    "target_own_number": (
        "The target is the number itself. Please choose a number that stays reachable "
        "when your line fails."
    ),
    "target_own_block": (
        "The target is your own number: it lies in the same number block. Please "
        "choose a number outside this block."
    ),
    "target_same_line": (
        "The target is on the same access line and fails together with it. Please "
        "choose a number on another line."
    ),
    "target_circle": (
        "The forwarding would go round in a circle. Please choose another target, or "
        "first change one of the forwardings involved."
    ),
    "target_looks_like_block": (
        "The target looks like a number block. Please enter a single number without a "
        "range."
    ),
    "target_not_a_block": (
        "No complete number block begins at this number. Please enter the first "
        "number of the target block."
    ),
    "target_block_size": (
        "The target block has a different size. Please choose a block with as many "
        "numbers, or a single number."
    ),
    "target_block_extension": (
        "The target block has other extensions. Please choose a block with the same "
        "extensions, e.g. 000 to 999."
    ),
    "target_held": (
        "No calls may be diverted to this number just now: its owner does not want "
        "it, or it is blocked. Please choose another target."
    ),
}
