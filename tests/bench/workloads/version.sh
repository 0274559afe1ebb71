title='start to exit of --version'
sides='psql moonbird'
as_psql=(psql --version)
as_moonbird=(moonbird --version)
