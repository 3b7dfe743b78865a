"""A world to practise on: weather, soil and stations with known truth, sending real payloads.

The soil is not the model that gives the advice, so that agreement between them means something.
Everything is seeded: the same arguments make the same world.
"""
