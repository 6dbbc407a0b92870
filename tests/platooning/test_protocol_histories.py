"""Random histories: manoeuvres at random, on a radio that loses, delays, repeats and reorders, with stations that fall
silent, turn deaf or start anew. What must hold at every instant is asserted by `World`; here, how it ends.
"""

from __future__ import annotations

import random

import pytest
from protocol_kit import BRISK, CALM, CLOSE_M, LENGTH_M, Air, World

from v2x.platooning.protocol.states import Place, State, Wish

FAULTS_END_S = 30.0
#: Manoeuvres go on, and each change of a list takes a statement and its answer, or `answer_s` without one.
CHANGE_S = 2.0
#: In `make test`; `make validate` runs 20 times as many, others.
A_CHUNK = 100


def _world(seed: int) -> World:
    chance = random.Random(seed)
    world = World(BRISK, seed)
    first = chance.randint(2, 5)
    world.platoon(tuple(range(1, first + 1)), number=chance.choice((None, 77)))
    rear_m = -first * (LENGTH_M + CLOSE_M) - chance.uniform(25.0, 60.0)
    if chance.random() < 0.6:
        second = chance.randint(2, 3)
        world.platoon(tuple(range(11, 11 + second)), front_m=rear_m, number=chance.choice((None, 77)))
    for me in range(21, 21 + chance.randint(0, 3)):
        world.add(me, 60.0 + rear_m * chance.random() * 2.0 + me * 0.01, in_lane=False)
    world.add(99, rear_m / 2, in_lane=False, stranger=True)
    return world


def _something_happens(world: World, chance: random.Random) -> None:
    """One random thing: a wish, a fault of the radio or of a station, a stranger who comes or goes."""
    me = chance.choice([each for each in world.cars if each != 99])
    target = chance.choice([each for each in (1, 1, 2, 11) if each in world.cars])
    car, stranger = world.cars[me], world.cars[99]
    places: tuple[Place, ...] = ("here", "tail", "middle", "front")
    match chance.randrange(12):
        case 0 | 1 | 2 if target != me:
            world.want(me, Wish("join", target=target, place=chance.choice(places)))
        case 3:
            world.want(me, Wish("leave"))
        case 4:
            world.want(chance.choice((1, me)), Wish(chance.choice(("hand_over", "split", "dissolve", "split"))))
        case 5 if 11 in world.cars:
            world.want(11, Wish("merge", target=1))
        case 6 | 7:
            late = chance.choice((0.0, 0.3))
            world.air = Air(loss=chance.choice((0.0, 0.3, 0.7, 1.0)), twice=0.2, late=late, late_s=2.0)
        case 8:
            car.mute = chance.random() < 0.7
            car.deaf = chance.random() < 0.7
        case 9:
            world.start(me)
        case 10:
            stranger.in_lane = not stranger.in_lane and world.room(stranger)
        case 11:
            world.want(me, Wish("brake", for_ns=1_000_000_000))


def _history(seed: int) -> World:
    """Play one history and assert how it ends."""
    world, chance = _world(seed), random.Random(seed + 1_000_000)
    world.run(2.0)
    while world.t_s < FAULTS_END_S:
        _something_happens(world, chance)
        world.run(world.t_s + chance.uniform(0.2, 4.0))
    world.air = Air(loss=chance.choice((0.0, 0.5, 0.9, 1.0)))  # a last burst, some longer than all patience
    world.run(world.t_s + chance.uniform(0.2, 1.6 * BRISK.forget_s))
    world.air = Air()
    for car in world.cars.values():
        car.mute = car.deaf = False
    world.cars[99].in_lane = False
    burst_end_s, settle_s = world.t_s, BRISK.settle_s(len(world.cars))

    def watch() -> None:
        differ_s = world.watch_agreement()
        assert world.t_s < burst_end_s + settle_s or differ_s <= CHANGE_S, world.story()

    world.run(burst_end_s + settle_s, watch)
    pending_s = 2 * BRISK.ask_s + BRISK.join_s + BRISK.leave_s  # one may have to wait for another's manoeuvre
    world.run_until(lambda: _calm(world), pending_s, watch)
    world.run(world.t_s + 4.0, watch)
    assert not world.disagreements(), world.story()
    listed = [each for roster in world.rosters().values() for each in roster.members]
    assert len(listed) == len(set(listed)), world.story()
    return world


def _calm(world: World) -> bool:
    """Whether nobody is at anything, or wants to be."""
    at_rest = all(car.negotiator is None or car.negotiator.state in CALM for car in world.cars.values())
    return at_rest and not any(car.negotiator and car.negotiator._mind.wish for car in world.cars.values())


def test_random_histories_end_well() -> None:
    """And they reach every state, and end manoeuvres in every way: else they would prove little."""
    reached, ways = set(), set()
    for seed in range(A_CHUNK):
        for _, _, kind, fields in _history(seed).log:
            if kind == "state":
                reached.add(fields["after"])
                ways.add(fields["ends"])
    assert reached == {state.value for state in State} and ways == {"", "done", "undone"}


@pytest.mark.validate
@pytest.mark.parametrize("chunk", range(20))
def test_many_random_histories_end_well(chunk: int) -> None:
    for seed in range(1000 + chunk * A_CHUNK, 1000 + (chunk + 1) * A_CHUNK):
        _history(seed)


def test_a_history_repeats_itself() -> None:
    one, other = _history(7), _history(7)
    assert one.log == other.log and one.log
