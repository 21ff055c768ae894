# One recording link, in two steps, since POST takes no title.

terraform {
  required_providers {
    restapi = { source = "mastercard/restapi" }
  }
}

variable "workspace_id" {
  type = string
}

variable "link" {
  type = object({
    domain_id     = string
    project_id    = string
    link_title    = string
    link_reusable = bool
    meta          = map(string)
  })
}

locals {
  path = "/public/workspace/${var.workspace_id}/links"
}

resource "restapi_object" "link" {
  path = local.path
  data = jsonencode({
    domainId     = var.link.domain_id
    projectId    = var.link.project_id
    linkReusable = var.link.link_reusable
    meta         = var.link.meta
  })
  update_data = jsonencode({ linkReusable = var.link.link_reusable, meta = var.link.meta })

  # PUT takes neither; without this a change would be sent, ignored by the server and reported as done.
  force_new = [var.workspace_id, var.link.domain_id, var.link.project_id]
}

resource "restapi_object" "title" {
  path          = local.path
  object_id     = restapi_object.link.id
  create_method = "PUT"
  create_path   = "${local.path}/{id}"
  data          = jsonencode({ linkTitle = var.link.link_title })

  # There is nothing to delete here: a harmless request stands for it, away from the link, which may be gone.
  destroy_method = "GET"
  destroy_path   = "/public/me"
  force_new      = [restapi_object.link.id]
}

output "live_title" {
  value = jsondecode(restapi_object.title.api_response).data.link.linkTitle
}

output "url" {
  value = jsondecode(restapi_object.link.api_response).data.link.linkURL
}
