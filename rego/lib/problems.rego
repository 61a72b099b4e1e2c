# What a rule answers with. `resource` is one of input.resources or input.flows; its address is
# put before the message, so a message begins with a verb.
package domicile.lib

problem(resource, message) := {"n": resource.n, "message": message}

# A problem with one attribute: the finding stands on its line.
at(resource, path, message) := {"n": resource.n, "message": message, "path": path}

# A problem with one of the resource's locations, by its number: the finding stands where that
# place is written and shows the trail that led to it.
located(resource, index, message) := {"n": resource.n, "message": message, "location": index}
