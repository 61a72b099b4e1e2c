# What the expressions read beside functions: values that have a type, and templates by name.
variable "names" {
  type    = list(string)
  default = []
}

variable "zones" {
  type    = set(string)
  default = ["b", "a", "b"]
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "mixed" {
  type    = list(any)
  default = [1, "a", true]
}

variable "mapped" {
  type    = map(any)
  default = { a = 1, b = "x" }
}

variable "anything" {
  type    = any
  default = []
}

variable "settings" {
  type = object({
    tags  = optional(map(string), {})
    names = optional(list(string), [])
    size  = optional(number)
  })
  default = {}
}

variable "pair" {
  type    = tuple([string, number])
  default = [1, "2"]
}

locals {
  greeting = "Hello $${name}!"
  listing  = "%%{ for x in list }- $${x}\n%%{ endfor }"
  plain    = "plain"
  wrong    = "$${"
}
