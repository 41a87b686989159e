"""A call as asyncio sees it: SIP, sound, ears and voices."""
