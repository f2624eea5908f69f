package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"path"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date. Each migration is one transaction.
func (s *Store) migrate(ctx context.Context) error {
	all, err := readMigrations()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writerDB, nil,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(s.log), goose.WithGoMigrations(all...))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if current > target {
		return &explained{cause: ErrNewer, err: fmt.Errorf("schema %d, this program knows %d", current, target)}
	}
	if current == target {
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate from schema %d to %d: %w", current, target, err)
	}
	s.log.Info("database schema brought up to date", "from", current, "to", target)
	return nil
}

// readMigrations gives each file to SQLite as it is: all of it leads up, and SQLite knows where its statements end. goose
// would look for that itself, with a buffer of 4 MiB for each line: tens of megabytes at a first start.
func readMigrations() (all []*goose.Migration, err error) {
	const folder = "migrations"
	files, err := migrations.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file.Name())
		if err != nil {
			return nil, err
		}
		query, err := migrations.ReadFile(path.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, string(query))
			if err != nil {
				return fmt.Errorf("%s: %w", file.Name(), err)
			}
			return nil
		}}, nil))
	}
	return all, nil
}
