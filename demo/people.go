package demo

import (
	"slices"
	"strings"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// The groups of the company: those of the default configuration, who decides after
// them where it is about ownership, and who may decide alone in an emergency.
const (
	Approvers = model.GroupName("Vault Approvers")
	Admins    = model.GroupName("Vault Admins")
	Security  = model.GroupName("Security")
	OnCall    = model.GroupName("On Call")
)

// Persona is one of the people that the demo lets one be.
type Persona struct {
	Login string
	Role  model.Role
}

// Personas lists one person for each role.
func Personas() []Persona {
	return []Persona{
		{"alice", model.RoleRequestor},
		{"dana", model.RoleApprover},
		{"priya", model.RoleAdmin},
		{"samir", model.RoleSupport},
	}
}

// deciders and workers are who plays a part in the history: the members of the
// two groups that act in it.
func deciders() []string { return []string{"dana", "omar", "erin"} }
func workers() []string  { return []string{"priya", "kofi", "ivan"} }

// guards are who decides in the group Security, and callers who is on call.
func guards() []string  { return []string{"erin", "sybil"} }
func callers() []string { return []string{"dana", "omar"} }

// roster is the company's people file. Everybody orders from the catalog; login,
// where it is not empty, is a further person who may do everything.
func roster(people []vaultsim.Person, login string) workflow.Roster {
	var r workflow.Roster
	for _, p := range people {
		who := loginOf(p)
		roles := []model.Role{model.RoleRequestor}
		if slices.Contains(deciders(), who) || slices.Contains(guards(), who) {
			roles = append(roles, model.RoleApprover)
		}
		switch who {
		case "priya", "kofi":
			roles = append(roles, model.RoleAdmin)
		case "samir", "grace":
			roles = append(roles, model.RoleSupport)
		}
		r.People = append(r.People, workflow.RosterPerson{Login: who, Name: p.Name, Email: p.Email, Roles: roles})
	}
	approvers, admins := deciders(), workers()
	if login != "" && !employs(people, login) {
		r.People = append(r.People, workflow.RosterPerson{Login: login, Name: login, Email: addressOf(login), Roles: model.Roles()})
		approvers, admins = append(approvers, login), append(admins, login)
	}
	r.Groups = []workflow.RosterGroup{{Name: Approvers, Members: approvers}, {Name: Admins, Members: admins},
		{Name: Security, Members: guards()}, {Name: OnCall, Members: callers()}}
	return r
}

// employs reports whether somebody of the company has the login.
func employs(people []vaultsim.Person, login string) bool {
	return slices.ContainsFunc(people, func(p vaultsim.Person) bool { return loginOf(p) == login })
}

func loginOf(p vaultsim.Person) string {
	login, _, _ := strings.Cut(p.Email, "@")
	return login
}

// addressOf is the Keeper address of a further person.
func addressOf(login string) string { return mailable(login) + "@example.com" }

// mailable is a login with nothing that the vault refuses in an address.
func mailable(login string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && model.ValidateEmail(string(r)+"@example.com") == nil {
			return r
		}
		return '_'
	}, login)
}
