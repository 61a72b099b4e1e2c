# METADATA
# title: Place of a resource cannot be told from the source.
# description: |
#   The resource holds data or works on it, and nothing in the scanned source decides where it
#   will be. The trail ends at what is missing. What a residency says under `unknown` decides:
#   `fail` makes it a failure, `warn` leaves it undecided, `allow` passes it. Without a policy it
#   is undecided and low.
#
#   ## Why
#
#   A place that is chosen at run time, by an environment variable, a workspace or a person at a
#   prompt, is a place that no review has seen.
#
#   ## Fix
#
#   Write the region in the source: a default, a variable file that is loaded, an argument of the
#   provider block. Give the scan what the pipeline gives (`--var-file`, `--environment`). For
#   Kubernetes manifests name the cluster under `clusters:` in the policy.
# custom:
#   id: DOM102
#   severity: medium
#   precision: high
#   kinds: [ai_data, ai_inference, ai_training, backup, block_store, cache, cdn, cluster,
#     compute, container, database, file_store, function, logging, module, object_store, queue,
#     registry, search, secret, stream, warehouse, workflow]
#   reads: [kind, roles, locations, residencies]
#   needs: [locations]
#   tags: [residency]
package domicile.rules.location_unknown

import data.domicile.lib

open contains resource if {
	some resource in input.resources
	not "attachment" in resource.roles
	some location in resource.locations
	location.status == "unknown"
}

deny contains lib.located(resource, location.index, message) if {
	some resource in open
	location := first_unknown(resource)
	some residency in resource.residencies
	residency.unknown == "fail"
	message := bound_message(location, residency)
}

# The strictest residency speaks for the others.
undecided contains lib.located(resource, location.index, message) if {
	some resource in open
	not "fail" in answers(resource)
	location := first_unknown(resource)
	some residency in resource.residencies
	residency.unknown == "warn"
	message := bound_message(location, residency)
}

undecided contains object.union(found, {"severity": "low"}) if {
	some resource in open
	count(resource.residencies) == 0
	count(input.policy.residency) == 0
	location := first_unknown(resource)
	found := lib.located(resource, location.index, sprintf("has an unknown place: %v", [location.reason]))
}

answers(resource) := {residency.unknown | some residency in resource.residencies}

bound_message(location, residency) := sprintf("must lie in %v (%v) and has an unknown place: %v", [residency.allow, residency.name, location.reason])

first_unknown(resource) := location if {
	number := min([location.index | some location in resource.locations; location.status == "unknown"])
	location := resource.locations[number]
}
