package vaultsim

// Person is somebody who works for the company of the demo.
type Person struct {
	Email      string
	Name       string
	Department string
	Job        string
	Relation   Relation // to the vault; most are Known
}

// companyPeople returns everybody, by department.
func companyPeople() []Person {
	var out []Person
	for _, d := range []struct {
		department string
		people     [][3]string
	}{
		{"Infrastructure", [][3]string{
			{"alice", "Alice Archer", "Systems engineer"}, {"bob", "Bob Baumann", "Database administrator"},
			{"ivan", "Ivan Petrov", "Linux administrator"}, {"judy", "Judy Okafor", "Windows administrator"},
			{"omar", "Omar Haddad", "Network engineer"}, {"wendy", "Wendy Lindqvist", "Storage engineer"},
			{"kofi", "Kofi Mensah", "Cloud engineer"}}},
		{"Development", [][3]string{
			{"carol", "Carol Castellanos", "Backend developer"}, {"dana", "Dana Novak", "Frontend developer"},
			{"priya", "Priya Raman", "Platform developer"}, {"tomas", "Tomáš Dvořák", "Release engineer"},
			{"yuki", "Yuki Tanaka", "Mobile developer"}, {"lena", "Lena Fischer", "Test engineer"},
			{"noah", "Noah Williams", "Data engineer"}}},
		{"Security", [][3]string{
			{"erin", "Erin Eriksson", "Security lead"}, {"victor", "Victor Alves", "Security analyst"},
			{"mallory", "Mallory Quinn", "Penetration tester"}, {"trent", "Trent Osei", "Compliance officer"}}},
		{"Service desk", [][3]string{
			{"frank", "Frank Ferreira", "Service desk lead"}, {"grace", "Grace Gallagher", "Service desk agent"},
			{"heidi", "Heidi Hofmann", "Service desk agent"}, {"samir", "Samir Aziz", "Service desk agent"},
			{"ruth", "Ruth Abebe", "Field technician"}}},
		{"Finance", [][3]string{
			{"peggy", "Peggy Larsen", "Head of finance"}, {"niaj", "Niaj Chowdhury", "Accountant"},
			{"sybil", "Sybil Moreau", "Payroll specialist"}, {"walter", "Walter Schmid", "Controller"},
			{"olga", "Olga Ivanova", "Treasury analyst"}}},
		{"Human resources", [][3]string{
			{"rosa", "Rosa Delgado", "Head of HR"}, {"quentin", "Quentin Dubois", "Recruiter"},
			{"mei", "Mei Chen", "HR specialist"}}},
		{"Marketing", [][3]string{
			{"uma", "Uma Krishnan", "Head of marketing"}, {"xavier", "Xavier Roux", "Content editor"},
			{"zoe", "Zoe Papadopoulos", "Social media manager"}, {"liam", "Liam O Sullivan", "Designer"}}},
		{"Sales", [][3]string{
			{"hugo", "Hugo Andersson", "Sales lead"}, {"ines", "Inês Carvalho", "Account manager"},
			{"jonas", "Jonas Weber", "Account manager"}}},
		{"Legal", [][3]string{{"astrid", "Astrid Berg", "Counsel"}}},
		{"Management", [][3]string{{"dave", "Dave Dubois", "Chief technology officer"}}},
	} {
		for _, p := range d.people {
			out = append(out, Person{Email: p[0] + "@example.com", Name: p[1], Department: d.department, Job: p[2], Relation: Known})
		}
	}
	// Two who show what a first share to somebody new looks like.
	out = append(out,
		Person{Email: "newhire@example.com", Name: "Nadia Newell", Department: "Development", Job: "Junior developer", Relation: NeedsInvitation},
		Person{Email: "contractor@example.com", Name: "Carl Contreras", Department: "Infrastructure", Job: "Contractor", Relation: NoKey},
	)
	return out
}
