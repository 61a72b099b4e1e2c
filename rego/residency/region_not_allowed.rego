# METADATA
# title: Resource lies where the policy does not allow it.
# description: |
#   A residency of the policy binds this resource, and one of the places where it is, or keeps a
#   copy, is outside. The finding stands where the place is written; the trail shows how it got
#   there. A place that is one of several possible ones, or a service that is everywhere, is
#   undecided. A Terraform backend has a rule of its own, DOM203.
#
#   ## Why
#
#   Where data lies decides whose law reaches it and which authority answers for it. A region is
#   often set once, in a variable file or a provider, and moves everything that depends on it.
#
#   ## Fix
#
#   Change the region on the line of the finding to one inside the allowed area, or move the
#   resource to a provider alias that is. If it has to be there, record a waiver with an owner and
#   a last day, or widen `allow` for the data that it holds.
# custom:
#   id: DOM101
#   severity: high
#   precision: very-high
#   reads: [kind, roles, residencies]
#   needs: [locations, residencies]
#   tags: [residency]
package domicile.rules.region_not_allowed

import data.domicile.lib

bound contains resource if {
	some resource in input.resources
	resource.kind != "state_backend"
	not "attachment" in resource.roles
	count(resource.residencies) > 0
}

# A known place outside.
deny contains lib.located(resource, place.index, message) if {
	some resource in bound
	some residency in resource.residencies
	some place in residency.places
	place.status == "known"
	place.holds == false
	message := sprintf("%v %v, outside %v (%v)", [verb(place), place.text, residency.allow, residency.name])
}

# Several possible places, all of them outside: whichever it is, it is outside.
deny contains lib.located(resource, outside[0].index, message) if {
	some resource in bound
	some residency in resource.residencies
	some role in roles
	settled_outside(residency, role)
	outside := candidates_outside(residency, role)
	message := concat(" ", [verb(outside[0]), texts(outside), "outside", area(residency)])
}

# Several possible places, some of them outside; or one that is likely and not certain.
undecided contains lib.located(resource, outside[0].index, message) if {
	some resource in bound
	some residency in resource.residencies
	some role in roles
	not settled_outside(residency, role)
	outside := candidates_outside(residency, role)
	count(outside) > 0
	message := concat(" ", [may(outside[0]), texts(outside), "outside", area(residency)])
}

# Everywhere at once, or somewhere in a group that is only in part inside.
undecided contains lib.located(resource, place.index, message) if {
	some resource in bound
	resource.kind in lib.data_kinds
	some residency in resource.residencies
	some place in residency.places
	place.status == "known"
	place.holds == null
	message := sprintf("is %v, which may be outside %v (%v)", [spread(place), residency.allow, residency.name])
}

settled_outside(residency, role) if {
	found := candidates(residency, role)
	count(found) > 1
	count(candidates_outside(residency, role)) == count(found)
	count([place | some place in residency.places; place.role == role; place.status == "unknown"]) == 0
}

candidates(residency, role) := [place |
	some place in residency.places
	place.role == role
	place.status == "candidate"
]

candidates_outside(residency, role) := [place |
	some place in candidates(residency, role)
	place.holds == false
]

# concat and not sprintf: that would show the quotes of what concat made.
texts(places) := concat("", [concat(" or ", {place.text | some place in places}), ","])

area(residency) := sprintf("%v (%v)", [residency.allow, residency.name])

roles := {"primary", "replica", "backup", "failover", "processing", "metadata"}

verb(place) := "lies in" if place.role == "primary"

verb(place) := "keeps a replica in" if place.role == "replica"

verb(place) := "keeps backups in" if place.role == "backup"

verb(place) := "fails over to" if place.role == "failover"

verb(place) := "is processed in" if place.role == "processing"

verb(place) := "keeps metadata in" if place.role == "metadata"

may(place) := "may lie in" if place.role == "primary"

may(place) := "may keep a replica in" if place.role == "replica"

may(place) := "may keep backups in" if place.role == "backup"

may(place) := "may fail over to" if place.role == "failover"

may(place) := "may be processed in" if place.role == "processing"

may(place) := "may keep metadata in" if place.role == "metadata"

spread(place) := "a global service" if place.scope == "global"

spread(place) := sprintf("in %v", [place.text]) if place.scope != "global"
