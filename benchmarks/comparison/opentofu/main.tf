# The links of links.auto.tfvars.json with mastercard/restapi, configured as well as it goes for this API.

terraform {
  required_providers {
    restapi = { source = "mastercard/restapi" }
  }
}

variable "uri" {
  type = string
}

variable "api_key" {
  type      = string
  sensitive = true
}

variable "workspace_id" {
  type = string
}

variable "links" {
  type = map(object({
    domain_id     = string
    project_id    = string
    link_title    = string
    link_reusable = bool
    meta          = map(string)
  }))
}

provider "restapi" {
  uri          = var.uri
  headers      = { Authorization = "Bearer ${var.api_key}" }
  id_attribute = "data/link/linkId"

  # POST and PUT answer with the link, so that no GET has to follow them.
  write_returns_object = true

  # Without it a silent server is waited for without end.
  timeout = 30
}

# A module for each link: in one big for_each, each reference to another resource gets slower with every link.
module "link" {
  source   = "./link"
  for_each = var.links

  workspace_id = var.workspace_id
  link         = each.value
}

# The provider never compares the live link with the configuration. This makes an edited title a warning.
check "titles" {
  assert {
    condition     = alltrue([for name, link in var.links : module.link[name].live_title == link.link_title])
    error_message = "Edited in the dashboard: ${join(", ", [for name, link in var.links : name if module.link[name].live_title != link.link_title])}."
  }
}
