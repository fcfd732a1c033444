"""What a leaf of the model is about. Every leaf names its category where it is declared; rules and views speak in these."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """The kind of knowledge in a leaf, the `category` dimension of every rule."""

    ADMIN = "ADMIN"  # envelope facts without a person in them: ids the hub minted, instants, states, versions
    IDENT = "IDENT"  # who the person is
    CONTACT = "CONTACT"  # how to reach them or theirs
    LOCATION = "LOCATION"  # where they are or live
    ENCOUNTER = "ENCOUNTER"  # that, when and where care took place, and by whom
    BED = "BED"  # counts without a person
    RISK_SAFETY = "RISK_SAFETY"  # risk level, weapons, threats, safety flags
    APPROACH = "APPROACH"  # what helps: language, triggers, what calms
    MH_CLINICAL = "MH_CLINICAL"  # diagnoses, findings, plans
    PSYNOTES = "PSYNOTES"  # psychotherapy notes, 45 CFR 164.501
    SUD_RECORD = "SUD_RECORD"  # substance-use records of a Part 2 programme, 42 CFR 2.11
    SUD_NOTES = "SUD_NOTES"  # SUD counselling notes, 42 CFR 2.11
    MEDS = "MEDS"  # medication and allergies
    HIV = "HIV"
    REPRODUCTIVE = "REPRODUCTIVE"
    DNA_DENTAL = "DNA_DENTAL"  # 45 CFR 164.512(f)(2)(ii): never to police
    INJURY_PHYS = "INJURY_PHYS"  # injury type, physical description, blood group
    DV_VICTIM = "DV_VICTIM"  # what a victim-service provider holds
    CHRI = "CHRI"  # criminal-history record information, 28 CFR 20.3
    LE_RECORD = "LE_RECORD"  # a police agency's own contact facts: not criminal history
    CAD_INCIDENT = "CAD_INCIDENT"  # a call for service and its units
    EDU_RECORD = "EDU_RECORD"
    HMIS_RECORD = "HMIS_RECORD"  # housing need, enrolment
    LIFELINE_CONTACT = "LIFELINE_CONTACT"  # that somebody called 988, and about what
    REFERRAL = "REFERRAL"  # a request for service and its state
    COVERAGE = "COVERAGE"  # payer facts
    CONSENT = "CONSENT"  # directives of the person
    NARRATIVE = "NARRATIVE"  # free text: withheld unless somebody decided otherwise
    DIRECTORY = "DIRECTORY"  # public listings of services
    WORKFORCE = "WORKFORCE"  # certificates and rosters of staff
    WELLNESS = "WELLNESS"  # employees' own wellness: refused at the door, 29 CFR 1630.14(c)


class Regime(StrEnum):
    """The body of law or policy an element stands under; every regime on an element must permit."""

    HIPAA = "HIPAA"
    PART2 = "PART2"  # held by a Part 2 programme, 42 CFR 2.11
    PART2_RECEIVED = "PART2_RECEIVED"  # received under a TPO consent, 42 CFR 2.33(b)
    CJIS = "CJIS"
    VAWA = "VAWA"
    FVPSA = "FVPSA"
    FERPA = "FERPA"
    HMIS = "HMIS"
    L988 = "L988"
    VA7332 = "VA7332"
    EMPLOYMENT = "EMPLOYMENT"
    SEALED = "SEALED"  # sealed and juvenile police records, beside CJIS: state law
    OPEN = "OPEN"
    UNKNOWN = "UNKNOWN"  # nobody could say: nothing permits it
