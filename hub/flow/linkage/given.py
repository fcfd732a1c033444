"""Given names that are common, written down by hand: a slip makes of a name what is no name, and twins have names that rhyme.

Jayden and Kayden are one letter apart and two people; Jayden and Jaydne are a name and a slip; Aiden may be Aidan.
English and Spanish as they are given in the United States, and what is common there of other languages.
"""

from __future__ import annotations

from typing import Final

from hub.flow.linkage.nicknames import BELONGS, families

# One name a line, with the ways it is spelled.
_SPELLED: Final = families("""
aaliyah aliyah aleah
aiden aidan ayden aden
alan allan allen
alisha alicia alesha
alison allison alyson
alyssa alissa elyssa
ana anna
anne ann
ashley ashlee ashleigh ashlyn
brandi brandy
brayden braden braeden braydon
brianna breanna briana bryanna
brittany brittney britney
bryce brice
caden kaden kayden cayden
caleb kaleb
cameron kameron camron
camila camilla kamila
candace candice
carl karl
carla karla
carmen karmen
carol carole
casey kasey kacey
cassandra casandra
catalina katalina
chelsea chelsey chelsie
chloe khloe cloe
christian cristian kristian
christina cristina kristina
christine kristine cristine
cody kody
colin collin
connor conor conner
corey cory kory
courtney kourtney
craig kraig
crystal krystal cristal
danielle daniele
darren darin darrin
deanna deana
delores dolores
derek derrick derick
desiree desirae
devin devon
diana dianna
diane dianne
dominic dominick
dylan dillon dylon
elena helena ellena
elizabeth elisabeth elisabet
elliot elliott
emanuel emmanuel
emily emilie emely
eric erik erick
erica erika
erin eryn aerin
esteban estevan
estela estella
esther ester hester
frederick fredrick
george jorge
gerard jerard
gianna giana
glen glenn
hailey haley hayley hailee
hannah hanna hana
imani emani
isabel isabelle ysabel
isaiah isiah izaiah
jackson jaxon jaxson
jaden jayden jaiden jaydon
jasmine jasmin yasmin jazmin
jean jeanne
jeanette jeannette
jennifer jenifer
jerome gerome
joaquin joachim
jocelyn joselyn jocelin
jody jodi
jonathan johnathan johnathon jonathon
jordan jordon jorden
julianna juliana
juliet juliette
julissa yulissa
justin justyn
kaitlyn caitlin katelyn kaitlin caitlyn
karen karin
katherine catherine
kayla kaila cayla
kelly kelley kellie
kelsey kelsie kelcie
kirsten kirstin
krista christa crista
kristen kristin cristin kristyn
kristopher christopher
laurie lori
leah lea
leila layla leyla laila
leslie lesley
lillian lilian
lindsey lindsay
logan logen
lourdes lurdes
lucas lukas
lydia lidia
lynn lynne
mackenzie mckenzie makenzie
madeline madelyn madelynn
madison madisyn maddison
makayla mikayla michaela mikaela
marcela marcella
marcus markus
marian marion
marisa marissa
marlen marlene
mateo matteo
matthew mathew
megan meghan meagan
melissa melisa
michael micheal
michelle michele
miriam myriam mariam
mohammed mohamed
monica monika
naomi noemi
natalia nathalia
natalie nathalie
nathaniel nathanael
nicolas nicholas nikolas
oscar oskar
owen owain
paige page
phillip philip felipe
rachel rachael raquel
randy randi
reagan regan
rebecca rebekah rebeca
reina reyna
renee rene
rhys reese
riley reilly rylee ryleigh
rodger roger
ruben reuben
ryan rian
sara sarah
savannah savanna savanah
sean shaun shawn
selena celina selina
sergio sergei
shannon shanon
sheila shelia
sherri sherry
sonia sonya
spencer spenser
stacy stacey staci
stephen steven stefan
susana susanna susannah
sydney sidney
sylvia silvia
tanya tania
taylor tayler
terrence terence
terry terri
theresa teresa
tiffany tiffani
tony toni
tracy tracey traci
tyler tylor
vivian vivienne
wendy wendi
xavier javier
ximena jimena
yesenia jessenia yessenia
yusuf yosef yousef
yvette ivette
yvonne ivonne
zachary zackary zachery
zayden zaiden
zoe zoey zoie
""")
# Names that are themselves alone.
_ALONE: Final = frozenset(
    families("""
    aaron abel abril ada adam adan adela adeline adrian adriana agnes agustin aida aileen aimee alana alberto alden
    aldo alec alexa alexia alexis alfonso alina alma alondra alonso alonzo alton alvaro alvin amani amara amaya amber
    amelia amir amos amy anastasia andre andreas andres angel angelica angelina angelo anibal annabelle annette ansel
    april arabella araceli aria ariana ariel arlene armando arnold arturo asher ashton astrid athena aubrey audrey
    august aurora austin autumn ava axel ayla bailey barry beau belinda benito bernadette bernardo bertha beverly
    bianca blake blanca bonnie boris brady brandon brenda brendan brennan brent brett brielle brock brody brooke bruce
    bruno bryson byron calvin camille cara carina carlo carlos carlton carly carmela carolina carson carter cassie
    catarina cecil cecilia cedric celeste celia cesar chad chance chandler chantal charity charlene chase chester
    cheyenne ciara clara clark claude claudia clay clayton clint clinton clyde colby cole colleen connie conrad
    constance cooper cora corinne cornelius cristobal cruz cyrus dakota dale dallas damian damien damon dana danica
    dante daphne darius darla darlene darnell darryl dawn dayana dayton dean deandre declan delaney delia delilah
    demetrius denise denisha deshawn destiny diego dina dion dixie domingo dominique dora dorian doris drake duane
    dustin dwayne dwight earl easton ebony edith edmund edna eduarda efrain eileen elaine eli eliana elias elijah
    elise elisha ella ellis elmer eloise elsa elsie elvira elvis emerson emilia emilio emma emmett enzo ernestina
    ervin esmeralda estelle ethan ethel etta eugenia eunice eva evan evangelina everett ezra fabian fabiola faith
    farah fatima faye felicia felicity felix fidel finn fiona floyd forrest freya frida garrett gary gavin gena
    genesis genevieve gerardo gideon gina giovanni gisele giselle gladys glenda gonzalo gordon grace gracie grady
    graham grant grayson griffin grover guy gwen hadley hamza harley harper harrison harvey hassan hayden hazel
    heather hector heidi herman hilda hillary holly homer hope horace hubert hudson hugo hunter ian ibrahim ida ila
    imelda ines ingrid ira irene iris irma irving isadora isaias ismael israel itzel ivan ivy jacinto jada jade jaime
    jaleel jalen jamal jameson jamila jana jane janelle janice janine jared jarvis javon jax jayla jayleen jaylen
    jenna jermaine jesse jill joanna joanne jocelyne joel jolene jonah josue jovan juan juana juanita judah jude
    julieta julio julius june junior kai kamala kara kareem karina katrina kaylee kayleigh keira keith kelvin kendall
    kendra kendrick kenya kermit kerry khalid kiara kieran kimora kingston kira kirk knox kobe kurt kyla kyle kylie
    kyra lamar lana lance landon lane lara larissa latasha latonya latoya laura lauren lawson layton leandro lee leia
    leigh lena leon leona leonor leroy lester levi lia lila liliana lina linda lloyd lora lorena lorenzo loretta
    lorraine louise lucia luciana luciano lucinda luisa luke luna luther luz lyla lyle lynette mabel macy maddox
    magdalena malachi malcolm malia malik mallory manuela mara marcelo marcia marco marcos margarita mariah mariana
    mariano maribel maricela mariela marilyn marina mario marisol maritza marjorie marlon marquis marsha marshall
    marta marvin mason mathilda matilda mattie maurice mauricio mavis maya mei melanie melinda melody melvin meredith
    merle mia micaela micah mikael mildred miles milo milton mina minerva miranda misty moises monique morgan moses
    muriel mustafa mya myles myra myrna myrtle nadia nadine nasir natasha nayeli neil nelson nestor nia nikolai nina
    noah noe noel noelle nolan norma octavio odessa olga olive omar ophelia orlando osvaldo otis otto pablo paloma
    paola parker pascual patrice patricio paul paula paulette pauline payton pearl percy perla perry petra peyton
    phoebe phyllis pierre piper porter precious presley preston quentin quincy quinn rachelle raelynn ralph ramiro
    ramon raul raven reed regina reid rex rey reynaldo rhonda rigoberto rocco rochelle rocio rodolfo rodrigo rogelio
    roland rolando roman romeo romina ronan rory rosa rosalie rosalinda rose rosemary ross rowan roxana roy ruby rufus
    rupert ruth ryder rylan sabina sabrina sage salma salvador salvatore santiago santino santos saul sawyer scarlett
    scott selma serena seth shane shania shanice shawna shayla shelby shelley sherman shirley sienna sierra silas
    simon simone skylar sonja soren stella stewart stuart summer suzanne sven sylvie talia talon tamara tamika tammy
    tanner tara tariq tasha tate tatiana teagan thelma thiago tia tobias todd tomas tonya travis trent trenton trevor
    trey trina trinity tristan troy trudy tucker turner tyra tyree tyrone tyson ulises ursula valentina valentino
    valeria vanessa vaughn velma vera verna vernon vicente victoriano viktor viola violet vladimir wade wallace wanda
    warren waylon wayne weston whitney wilbur willa willow wilma wilmer winston wyatt yadira yael yahir yasmine yuri
    zaire zander zane zara zelda zion
    """)
)
_NONE: Final[frozenset[int]] = frozenset()


def common(one: str, other: str) -> int:
    """How many of two plain given names are common ones.

    >>> common("jayden", "kayden"), common("jayden", "jaydne"), common("jaxtyn", "jaxtin")
    (2, 1, 0)
    """
    return sum(name in _ALONE or name in _SPELLED or name in BELONGS for name in (one, other))


def one_name(one: str, other: str) -> bool:
    """Whether two plain given names are spellings of one.

    >>> one_name("aiden", "aidan"), one_name("jayden", "kayden")
    (True, False)
    """
    return not _SPELLED.get(one, _NONE).isdisjoint(_SPELLED.get(other, _NONE))
