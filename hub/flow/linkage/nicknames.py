"""Short forms of given names, written down by hand: English and Spanish as they are common in the United States."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

# One family of names a line. A name may stand in several: Alex is Alexander or Alexandra.
_FAMILIES: Final = """
abigail abby gail
abraham abe bram
albert al bert bertie
alejandro alex ale jandro
alejandra alex ale jandra
alexander alex al xander sandy sasha
alexandra alex lexi sandra sandy sasha
alfred al fred alfie
alfredo fredo fred
alice ali allie
alicia ali licha
allison ali allie
amanda mandy manda
andrea andie drea
andrew andy drew
angela angie
anna ann annie anne nan
anthony tony
antonio tony tono toni
arthur art artie
barbara barb barbie babs
beatriz bea betty
benjamin ben benny benji
bernard bernie
bradley brad
brian bryan
bridget biddy bridie
caroline carrie carol caro
carolyn carrie carol lyn
catherine katherine kathryn kathy cathy kate katie kat kay kit kitty
charles charlie chuck chas chip
charlotte charlie lottie
christina chris tina chrissy christy
christine chris tina chrissy christy
christopher chris kit topher
clarence clare
clifford cliff
concepcion concha conchita
consuelo chelo
curtis curt
cynthia cindy
daniel dan danny
daniela dani
david dave davy
deborah deb debbie debra
dennis denny
dolores lola
dominic dom nick
donald don donnie
dorothy dot dottie dolly
douglas doug
edgar ed eddie
eduardo eddie lalo
edward ed eddie ted teddy ned
edwin ed eddie
eleanor ellie nell nora lenore
elizabeth liz lizzie beth betty betsy eliza lisa libby bess ellie
emily em emmy
enrique quique kike henry
ernest ernie
ernesto neto
esperanza espe
eugene gene
evelyn eve evie
ezekiel zeke
fernando fer nando
florence flo flora
frances fran fannie frankie
francis frank frankie fran
francisco frank paco pancho cisco francis
franklin frank
frederick fred freddie rick
gabriel gabe gaby
gabriela gaby
gerald gerry jerry
geraldine gerry jerry
gilbert gil bert
gloria glo
gregory greg
guadalupe lupe lupita
guillermo memo bill william
harold hal harry
harriet hattie
helen nell nellie ellen
henry hank harry
herbert herb bert
howard howie
ignacio nacho
isabel isa bella belle
isabella isa bella belle izzy
isaac ike
jacob jake
jacqueline jackie
james jim jimmy jamie
janet jan
jason jay
jeffrey jeff geoffrey geoff
jennifer jen jenny
jeremiah jerry
jeremy jerry
jessica jess jessie
jesus chuy
joan joanie
john jack johnny jon
jonathan jon jonny nathan
jose pepe joe joseph
josefina josie pepa fina
joseph joe joey jo
josephine jo josie
joshua josh
joyce joy
judith judy judi
julia julie jules
julian jules
karen kari
kathleen kathy kate katie kay
kenneth ken kenny
kevin kev
kimberly kim
lawrence larry laurence
leonard len lenny leo
leonardo leo leonard
leticia lety
lillian lily lil
louis lou louie luis
lucille lucy lu
madeline maddie
manuel manny manolo
marcus mark marc
margaret maggie meg peggy marge margie greta daisy rita
maria mary mari
maria marie
martin marty
martha marty patsy
mary molly polly mamie
matthew matt matty
maureen mo
maximilian max
mercedes meche
michael mike mick mickey mikey
michelle shelly mickey
miguel mike
mitchell mitch
mohammed muhammad mohamed mohammad mo
montgomery monty
nancy nan
natalie nat
nathan nate nat
nathaniel nate nat nathan
nicholas nick nicky nico
nicole nicky nikki
norman norm
oliver ollie
olivia liv livvy
pamela pam
patricia pat patty tricia trish
patrick pat paddy rick
pedro peter
penelope penny
peter pete
philip phil phillip
priscilla cilla
rachel rae
rafael rafa
ramona mona
randall randy
raymond ray
rebecca becky becca
reginald reg reggie
ricardo rick ricky richard
richard rick ricky rich dick richie
robert bob bobby rob robbie bert
roberta bobbie
roberto bobby beto robert
roderick rod rick
rodney rod
roger rodge
ronald ron ronnie
rosario charo
roxanne roxy
rudolph rudy
russell russ
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sadie sara
sebastian seb bastian
sergio checo
sharon shari
sidney sid
solomon sol
sophia sophie sofia
stanley stan
stephanie steph steffi
stephen steve stevie steven
susan sue susie suzy
susannah sue susie suzy
sylvester sly
sylvia syl
tabitha tabby
teresa terry tess tessa theresa
terence terry
theodore ted teddy theo
thomas tom tommy
timothy tim timmy
valerie val
veronica ronnie vero
victor vic
victoria vicky tori
vincent vince vinny
virginia ginny ginger
walter walt wally
wesley wes
wilfred will fred
william bill billy will willie liam
winifred winnie
yolanda yoli
zachary zach zack
"""


def families(lines: str) -> dict[str, frozenset[int]]:
    """The lines on which each name stands."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(lines.split("\n")):
        for name in line.split():
            found[name].add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


BELONGS: Final = families(_FAMILIES)
_NONE: Final[frozenset[int]] = frozenset()


def short_for(one: str, other: str) -> bool:
    """Whether two plain given names are forms of one name.

    >>> short_for("bill", "william"), short_for("bill", "robert")
    (True, False)
    """
    return not BELONGS.get(one, _NONE).isdisjoint(BELONGS.get(other, _NONE))
