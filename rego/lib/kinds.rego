package domicile.lib

# Kinds that hold data or work on it. A network, a permission or a load balancer that is global
# says nothing about where data is.
data_kinds := {
	"ai_data", "ai_inference", "ai_training", "backup", "block_store", "cache", "cdn", "cluster",
	"compute", "container", "database", "file_store", "function", "logging", "module",
	"object_store", "queue", "registry", "search", "secret", "state_backend", "stream",
	"warehouse", "workflow",
}
