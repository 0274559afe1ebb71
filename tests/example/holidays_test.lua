local t = moonbird.test

t.migration("015_public_holidays", function(m)
  m:after(function(db)
    t.equal(db:value "SELECT count(*) FROM public_holidays", 21)
    t.equal(db:value "SELECT name FROM public_holidays WHERE country = 'PT' AND day = '2026-06-10'",
            "Dia de Portugal, de Camões e das Comunidades")
  end)

  m:rolls_back()
end)
