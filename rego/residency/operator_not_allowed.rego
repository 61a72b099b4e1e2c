# METADATA
# title: Operator answers to a law outside the controlled area.
# description: |
#   A residency names under `control` whose law may reach the operator of a service, and the
#   operator of this resource has its home elsewhere. Where the operator is not known the
#   question is undecided.
#
#   ## Why
#
#   A provider can be compelled by the law of its home country to hand over what it holds,
#   wherever the data centre stands. Where that matters, the place alone is not enough.
#
#   ## Fix
#
#   Move the resource to an operator with its home in the area, or take `control` from the
#   residency if keys that only you hold answer the concern.
# custom:
#   id: DOM103
#   severity: high
#   precision: high
#   kinds: [ai_data, ai_inference, ai_training, backup, block_store, cache, cdn, cluster,
#     compute, container, database, file_store, function, logging, module, object_store, queue,
#     registry, search, secret, state_backend, stream, warehouse, workflow]
#   reads: [kind, roles, locations, operator, residencies]
#   needs: [locations, residencies]
#   tags: [residency, control]
package domicile.rules.operator_not_allowed

import data.domicile.lib

bound contains resource if {
	some resource in input.resources
	not "attachment" in resource.roles
	count(resource.locations) > 0
}

deny contains lib.problem(resource, message) if {
	some resource in bound
	some residency in resource.residencies
	residency.control != null
	residency.controlled == false
	message := sprintf("is operated by %v (%v), outside the control of %v (%v)", [resource.operator.name, resource.operator.country, residency.control, residency.name])
}

undecided contains lib.problem(resource, message) if {
	some resource in bound
	some residency in resource.residencies
	residency.control != null
	residency.controlled == null
	message := sprintf("has an operator of whom nobody knows whether %v controls it (%v)", [residency.control, residency.name])
}
